"""The glare case: an inspection model that meets a second plant's light, its signals and its ruleset."""
