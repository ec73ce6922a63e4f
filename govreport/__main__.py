"""``python -m govreport`` is the same as the command ``govreport``."""

from govreport.cli import main

raise SystemExit(main())
