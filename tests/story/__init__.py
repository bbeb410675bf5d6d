"""One case's whole life as two people see it in their browsers, in Chinese and in English."""
