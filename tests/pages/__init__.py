"""Tests of what measures our pages, where no browser is needed."""
