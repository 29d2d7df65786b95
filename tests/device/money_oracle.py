"""The account the slow and obvious way: half hour by half hour, from the words of the functional reference 2.6 alone.

It imports nothing of the rules. It is told what each half hour used by tariff register, and what was sent to the
meter; all of it happens on half hours of a clock that is never set. Amounts are whole millipence, `rest` millionths.
"""

DAY, HALF_HOUR, HOUR = 86_400_000, 1_800_000, 3_600_000
WEEK = 7 * DAY
MILLION = 1_000_000


class Oracle:
    """One account of a meter that keeps its account by half hours."""

    def __init__(self, at, rules, terms, prices, balance_mp, debts, payment_debt_mp, period_ends):
        self.at, self.rules, self.terms, self.prices = at, rules, dict(terms), dict(prices)
        self.prepaid = True
        self.mb, self.ecb, self.adr, self.pdr = balance_mp, 0, 0, payment_debt_mp
        self.lent = False
        self.rest = 0
        self.tdr = [list(debt) for debt in debts]  # left, rate, hourly
        self.used = {}  # energy by register in this block period, in mWh
        self.period_ends = period_ends
        self.off_for_credit = self.off_by_supplier = self.armed = False
        self.told = []
        self.latched = {"low": False, "offered": False, "noted": False, "spared": False}
        self.payments = []
        self.test()

    # The world.

    @property
    def supplied(self):
        return not (self.off_for_credit or self.off_by_supplier or self.armed)

    def half_hour(self, register, energy_mwh):
        """One half hour goes by: what it used, then what falls due at its end, then the thresholds."""
        before = self.mb, self.ecb
        self.at += HALF_HOUR
        if self.supplied and energy_mwh:
            self.rest += self.cost(register, energy_mwh)
            self.charge(self.rest // MILLION)
            self.rest %= MILLION
        if self.prepaid:
            parked = self.suspended()
            if self.at % DAY == 0:
                self.due(self.prices["standing"], parked)
            for debt in self.tdr:
                if self.at % (HOUR if debt[2] else DAY) == 0 and (not parked or self.rules["park"]):
                    taken = min(debt[0], debt[1])
                    debt[0] -= taken
                    self.due(taken, parked)
        elif self.at % DAY == 0:
            self.mb -= self.prices["standing"]
        if self.at in self.period_ends:
            self.used = {}
        if (self.mb, self.ecb) != before:
            self.test()

    def cost(self, register, energy_mwh):
        """Price energy a watt-hour and less at a time, wherever a block ends."""
        prices = self.prices
        if prices["by"] == "tou":
            return energy_mwh * (prices["tou"][register - 1] if register <= len(prices["tou"]) else 0)
        held = self.used.get(register, 0)
        self.used[register] = held + energy_mwh
        row = prices["block"][register - 1] if register <= len(prices["block"]) else (0, 0, 0, 0)
        ends = prices["thresholds"][register - 1] if register <= len(prices["thresholds"]) else ()
        ends = [end * 1000 for end in ends if end != 0xFFFFFFFF]
        total = 0
        while energy_mwh:
            block = sum(end <= held for end in ends)
            part = min(energy_mwh, ends[block] - held) if block < len(ends) else energy_mwh
            total += part * row[block]
            held, energy_mwh = held + part, energy_mwh - part
        return total

    # 2.6 B and C.

    def charge(self, amount):
        dt = self.terms["dt"]
        if self.prepaid and self.mb > dt:
            first = min(amount, self.mb - dt) if self.lent else amount
            self.mb, amount = self.mb - first, amount - first
        if self.prepaid and self.lent:
            second = min(amount, self.ecb)
            self.ecb, amount = self.ecb - second, amount - second
        self.mb -= amount

    def due(self, amount, parked):
        if not parked:
            self.charge(amount)
        elif self.rules["park"]:
            self.adr += amount

    def suspended(self):
        if not self.prepaid:
            return False
        in_use = self.lent and self.mb <= self.terms["dt"] and self.ecb > 0
        return (self.off_for_credit and self.terms["sdd"]) or (in_use and self.terms["sde"])

    # 2.6 D.

    def test(self):
        if not self.prepaid:
            return
        if self.lent and self.ecb >= self.terms["ecl"] and self.mb >= self.terms["ect"]:
            self.lent, self.ecb = False, 0
        credit, dt = self.mb + self.ecb, self.terms["dt"]
        self.tell("low", credit < self.terms["lct"], "LowCredit")
        offered = self.terms["ecl"] > 0 and not self.lent and self.mb < self.terms["ect"]
        self.tell("offered", offered, "EmergencyOffered")
        out = credit < dt if self.rules["lt"] else credit <= dt
        if not out:
            self.latched["spared"] = False
            whole = not self.lent or self.ecb >= self.terms["ecl"] or self.mb > dt
            if self.off_for_credit and (whole or not self.rules["full_repay"]):
                self.off_for_credit = False
                self.arm()
        elif not self.off_for_credit and not self.latched["spared"]:
            self.off_for_credit, self.armed = True, False
            self.told.append("CreditExhausted")

    def tell(self, name, now, what):
        if now and not self.latched[name]:
            self.told.append(what)
        self.latched[name] = now

    def arm(self):
        if not self.off_for_credit and not self.off_by_supplier:
            self.armed = True
            self.told.append("SupplyArmed")

    # What is sent to the meter.

    def top_up(self, value):
        value_left = value
        share = value * self.terms["share"] // 10_000
        if self.terms["cap"]:
            monday = (self.at + 3 * DAY) // WEEK
            taken = sum(paid for at, paid in self.payments if (at + 3 * DAY) // WEEK == monday)
            share = min(share, max(0, self.terms["cap"] - taken))
        paid = min(share, self.pdr)
        self.pdr, value_left = self.pdr - paid, value_left - paid
        self.payments.append((self.at, paid))
        paid = min(value_left, self.adr)
        self.adr, value_left = self.adr - paid, value_left - paid
        if self.rules["lift"] and self.mb < self.terms["dt"]:
            paid = min(value_left, self.terms["dt"] - self.mb)
            self.mb, value_left = self.mb + paid, value_left - paid
        if self.lent:
            paid = min(value_left, self.terms["ecl"] - self.ecb)
            self.ecb, value_left = self.ecb + paid, value_left - paid
        self.mb += value_left
        self.told.append("CreditAdded")
        self.test()

    def adjust(self, by):
        self.mb += by
        self.test()

    def adjust_debt(self, place, by, rate):
        self.tdr[place][0] = max(0, self.tdr[place][0] + by)
        self.tdr[place][1] = rate
        self.test()

    def lend(self):
        allowed = self.prepaid and self.terms["ecl"] > 0 and self.mb < self.terms["ect"]
        if self.prepaid and (self.lent or allowed):
            self.ecb = self.ecb if self.lent else self.terms["ecl"]
            self.lent = True
            # Armed by emergency credit is told in another way (0x8168), not as an alert.
            before = len(self.told)
            self.test()
            self.told[before:] = [what for what in self.told[before:] if what != "SupplyArmed"]

    def set_prices(self, prices):
        if (prices["by"], prices["thresholds"]) != (self.prices["by"], self.prices["thresholds"]):
            self.used = {}
        self.prices = dict(prices)
        self.test()

    def set_mode(self, prepaid):
        if prepaid == self.prepaid:
            self.test()
            return
        self.prepaid = prepaid
        self.latched = dict.fromkeys(self.latched, False)
        if self.off_for_credit:
            self.off_for_credit = False
            self.arm()
        credit, dt = self.mb + self.ecb, self.terms["dt"]
        self.latched["spared"] = prepaid and (credit < dt if self.rules["lt"] else credit <= dt)
        self.test()

    def disable(self):
        self.off_by_supplier, self.armed = True, False

    def enable(self):
        self.off_by_supplier = self.off_for_credit = self.armed = False

    def restore(self):
        self.armed = False
