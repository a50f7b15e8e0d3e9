"""The parts of the harness. main.py starts them."""
