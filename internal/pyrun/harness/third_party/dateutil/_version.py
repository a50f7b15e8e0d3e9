# Written by the build of the release; the sources do not have it.
version = "2.9.0.post0"
