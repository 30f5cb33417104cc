"""Other tools' formats, one file each."""
