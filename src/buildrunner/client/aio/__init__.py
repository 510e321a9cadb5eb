"""The client for asyncio. The blocking one beside it is made from these files by `script/mirror`."""
