"""Particle identification across truth and sample: does a sample teach like the truth?"""
