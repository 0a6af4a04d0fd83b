"""The study config: one YAML file per study, checked as a whole before anything runs."""

from lumicohort.study.config.study import Arm, Model, StudyConfig, load_config, parse_config

__all__ = ["Arm", "Model", "StudyConfig", "load_config", "parse_config"]
