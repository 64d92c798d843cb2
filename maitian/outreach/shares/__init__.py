"""New shares and convertibles: issues, allotments, and the chase until the money is in (E5)."""
