"""What documents say besides their rows, in editions. Pure.

What was kept is rendered again as it was made, to the byte: who changes what a document says
gives the change a number here, and leaves what the editions before it say as it is.
"""

FIRST = 1
# Earlier ones named a payment reference everywhere: a credit note that of an invoice.
REFERENCE_WHERE_PAID = 2
# Earlier ones said reverse charge in the buyer's language and in English only.
SELLERS_PHRASE = 3
# Earlier ones said what a rule refuses: a German buyer's order number alone (BR-DE-15), and a note
# with three characters between its first two # (BR-CL-08).
AS_RULES_WANT = 4
# Earlier ones took the first digits of a number that is too long for a register for one of it, and
# named a Dutch buyer by a number of no register (NL-R-005).
NUMBERS_WHOLE = 5
# Earlier ones stated a rate of 0% where none applies, and the code O of what is outside the scope.
VAT_IN_WORDS = 6

NEWEST = VAT_IN_WORDS
