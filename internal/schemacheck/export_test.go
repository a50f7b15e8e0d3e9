package schemacheck

// CompileAnew compiles a schema as if nobody had asked for it before.
func CompileAnew(kind string) error {
	_, err := compile(kind)
	return err
}
