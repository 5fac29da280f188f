"""What options cost and are worth: appraisal, acceptability, regret."""
