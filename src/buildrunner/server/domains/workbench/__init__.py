"""The pages that look across rooms: Create, Flow, Timeline, Workbench, Reconcile."""
