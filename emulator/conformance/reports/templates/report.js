"use strict";
(function () {
  var filter = document.getElementById("filter");
  if (!filter) { return; }
  var all = Array.prototype.slice.call(document.querySelectorAll("article.finding"));
  var by = { verdict: document.getElementById("by-verdict"), family: document.getElementById("by-family") };
  var text = document.getElementById("by-text");
  var shown = document.getElementById("shown");
  function sift() {
    var words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    all.forEach(function (one) {
      var said = one.querySelector("h3").textContent.toLowerCase() + one.querySelector(".says").textContent.toLowerCase();
      one.hidden = Boolean((by.verdict.value && one.dataset.verdict !== by.verdict.value) ||
        (by.family.value && one.dataset.family !== by.family.value) ||
        !words.every(function (word) { return said.indexOf(word) >= 0; }));
      count += one.hidden ? 0 : 1;
    });
    shown.textContent = count + " of " + all.length + " shown";
  }
  function lead() {
    var aimed = location.hash && document.getElementById(location.hash.slice(1));
    if (aimed && aimed.hidden) { by.verdict.value = by.family.value = text.value = ""; sift(); aimed.scrollIntoView(); }
  }
  function evidence(open) {
    all.forEach(function (one) {
      if (!one.hidden) { one.querySelectorAll("details").forEach(function (part) { part.open = open; }); }
    });
  }
  by.verdict.addEventListener("change", sift);
  by.family.addEventListener("change", sift);
  text.addEventListener("input", sift);
  window.addEventListener("hashchange", lead);
  document.getElementById("open-all").addEventListener("click", function () { evidence(true); });
  document.getElementById("close-all").addEventListener("click", function () { evidence(false); });
  filter.hidden = false;
  sift();
})();
