"""One file for each group of commands; importing it adds them to `ui.command.app`."""
