"""Reader of the Measurements tables that users export from Living Image."""
