"""Training in two processes against one: is it as quick per process, and does it learn the same?"""
