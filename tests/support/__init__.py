"""What tests share: second statements of equations, small worlds, readers of pages."""
