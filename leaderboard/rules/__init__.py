"""What a results file must satisfy: whatever a protocol, the catalogue or the rows decide is taken from there.

Each module yields one line for every disagreement; a file without any is one that a run can have written.
"""
