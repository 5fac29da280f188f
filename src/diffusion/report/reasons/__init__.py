"""Why an option differs from the first scenario: tables, words, a waterfall, a section of the page, the terminal."""
