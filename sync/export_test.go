package sync

// Layers and UndoPlan are here for the tests.
var (
	Layers   = layers
	UndoPlan = undoPlan
	DigestOf = digestOf
)
