"""Files that readers take away: workbook, PDF, tables."""
