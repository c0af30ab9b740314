"""XCom calls, blocking and for asyncio."""
