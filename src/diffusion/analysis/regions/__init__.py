"""A region of the world simulated: which trusts it has, how it stands beside others, what is paid there."""
