def phone(v): return v[:3]+"****"+v[-4:]
def customer(v): return v[:1]+"*"
def address(v): return v[:4]+"…"
