"""What the command line can do: one function per subcommand, each calls one library function."""
