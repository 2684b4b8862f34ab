"""A school's rules as data: what a finding means, who is told and by when. Pure."""
