"""What a meter owes and is owed: charges, thresholds, top-ups, prices, the ledger, and how a balance is explained."""
