"""Everything that speaks HTTP: pages for staff, people, carers, volunteers and a place's managers."""
