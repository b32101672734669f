"""What is paid from shared money, in integer pence: so far, capitation."""
