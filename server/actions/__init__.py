"""The only place that changes anything. ``check_*`` may refuse, ``do_*`` performs inside one transaction,
after its checks. Each module is one subject; all are pure functions over the store's Reader and Writer."""
