"""The staff desk: where clerks see who waits, take a conversation over and answer it.

One more reader and writer of the hub. `bot.desk.router.desk_router` is what the application mounts,
`bot.desk.accounts` what the command line uses.
"""
