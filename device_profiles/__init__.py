"""Device profiles: one TOML file a model. Data only; read through `emulator.farm.library`."""
