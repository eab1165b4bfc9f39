"""What the system does. One module per noun, one function per row of the manual.

Every function takes (session, actor, …), raises DomainError, and never commits: the caller
owns the transaction, so that change, audit record and mail succeed or fail together.
"""
