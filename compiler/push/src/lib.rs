//! Plans how CUCM's lists of rules become equal to those of a dial plan: which rules to add, update,
//! move and remove, in an order in which no call goes wrong in between.
//!
//! Layer 4.
