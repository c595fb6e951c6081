"""What documents say besides their rows, in editions. Pure.

What was kept is rendered again as it was made, to the byte: who changes what a document says
gives the change a number here, and leaves what the editions before it say as it is.
"""

FIRST = 1
# Earlier ones named a payment reference everywhere: a credit note that of an invoice.
REFERENCE_WHERE_PAID = 2
# Earlier ones said reverse charge in the buyer's language and in English only.
SELLERS_PHRASE = 3
# Earlier ones named a German buyer by its order number alone, which XRechnung refuses.
GERMANS_BY_NUMBER = 4

NEWEST = GERMANS_BY_NUMBER
