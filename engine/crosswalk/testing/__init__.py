"""Runs the unit tests of maps: in memory, on tables typed by the entities, each test on rows of its own.

A test walks the plan of its leg, the same steps with the same SQL as a run, inside a transaction that is rolled back.
What it compares is seen from outside: the target tables before and after, and the fate of every source row. So a test
speaks of a map as a person would, and no way of building a plan is known in here.

``world`` fills the tables, ``seen`` reads the outcome, ``comparing`` lays it beside what is expected, ``running`` takes
the steps of a test one by one.
"""
