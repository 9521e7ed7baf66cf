"""Golden vectors that hold every port of the decision to this one."""
