package deploy

// RecordContent says how a record's files are read.
var RecordContent = recordContent
