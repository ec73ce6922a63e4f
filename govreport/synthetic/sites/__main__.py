"""Run the local web as a process; see ``process.main``."""

from govreport.synthetic.sites.process import main

if __name__ == "__main__":
    raise SystemExit(main())
