"""`python -m workers`: the command `dunflow`, where it is not on the path."""

from workers.command import main

main()
