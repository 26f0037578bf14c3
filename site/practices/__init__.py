"""Good-practice sheets, their trials, and session plans made from them."""
