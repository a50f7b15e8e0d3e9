package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"go.etcd.io/bbolt"
)

// ErrNotFound is wrapped by the error of helpers that are called for an entity that does not exist.
var ErrNotFound = errors.New("not found")

var consoleUser = actor{ID: consolePerson.ID, Type: "user"}

func (s *Server) kindOf(c Collection) (*kind, error) {
	k, known := s.kinds[c]
	if !known {
		return nil, fmt.Errorf("the sandbox has no collection %q", c)
	}
	return k, nil
}

// Count returns the number of entities in a collection.
func (s *Server) Count(c Collection) (int, error) {
	ids, err := s.IDs(c)
	return len(ids), err
}

// IDs returns the sorted ids of a collection's entities.
func (s *Server) IDs(c Collection) ([]string, error) {
	if _, err := s.kindOf(c); err != nil {
		return nil, err
	}
	var ids []string
	err := s.store.view(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(c)).ForEach(func(key, _ []byte) error {
			ids = append(ids, string(key))
			return nil
		})
	})
	return ids, err
}

// Get returns an entity as it is stored, with numbers as json.Number. The id of a query may also be its name.
func (s *Server) Get(c Collection, id string) (map[string]any, error) {
	k, err := s.kindOf(c)
	if err != nil {
		return nil, err
	}
	var entity map[string]any
	err = s.store.view(func(tx *bbolt.Tx) error {
		_, raw, err := lookUp(tx, k, id)
		if err != nil {
			return err
		}
		entity, err = decodeEntity(raw)
		return err
	})
	return entity, err
}

func lookUp(tx *bbolt.Tx, k *kind, id string) (string, []byte, error) {
	bucket := tx.Bucket([]byte(k.collection))
	if raw := bucket.Get([]byte(id)); raw != nil {
		return id, raw, nil
	}
	if k.collection == Queries {
		if holder := tx.Bucket(uniqueBucket(Queries)).Get(uniqueKey(id)); holder != nil {
			return string(holder), bucket.Get(holder), nil
		}
	}
	return "", nil, fmt.Errorf("the %s %q: %w", k.singular, id, ErrNotFound)
}

func decodeEntity(raw []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var entity map[string]any
	if err := d.Decode(&entity); err != nil {
		return nil, fmt.Errorf("read a stored entity: %w", err)
	}
	return entity, nil
}

// Edit changes an entity as a user of the web console would. The change function receives the stored entity, and its
// result is stored unchanged, with a new modification time. The function may run more than once and must not call the
// server. The id of a query may also be its name. The result is checked only against the rules of the store (unique
// names, one enabled data model per log type).
func (s *Server) Edit(ctx context.Context, c Collection, id string, change func(entity map[string]any)) error {
	k, err := s.kindOf(c)
	if err != nil {
		return err
	}
	return s.asConsole(ctx, func(tx *bbolt.Tx) (*answer, error) {
		id, raw, err := lookUp(tx, k, id)
		if err != nil {
			return nil, err
		}
		entity, err := decodeEntity(raw)
		if err != nil {
			return nil, err
		}
		change(entity)
		for _, name := range k.made {
			delete(entity, name)
		}
		sv, err := pack(k, id, entity)
		if err != nil {
			return nil, err
		}
		sv.by, sv.want = consoleUser, mustExist
		return s.save(tx, sv)
	})
}

// Put creates or replaces an entity as a user of the web console would, and returns its id. Defaults and the server's
// representation of values are applied as for a request, but the entity is not checked against the description. A query
// without an id gets one.
func (s *Server) Put(ctx context.Context, c Collection, entity map[string]any) (string, error) {
	k, err := s.kindOf(c)
	if err != nil {
		return "", err
	}
	// Encode and decode as JSON, so that any Go value has the types that a request would have.
	raw, err := json.Marshal(entity)
	if err != nil {
		return "", fmt.Errorf("encode the %s: %w", k.singular, err)
	}
	sent, err := decodeEntity(raw)
	if err != nil {
		return "", err
	}
	id, _ := sent["id"].(string)
	if id == "" && k.generated {
		id = s.options.NewID()
	}
	if a := checkID(id); a != nil || id == "" {
		return "", fmt.Errorf("put a %s: the id %q is not valid", k.singular, id)
	}
	sv, err := s.encode(k, id, sent)
	if err != nil {
		return "", err
	}
	sv.by, sv.want = consoleUser, mayExist
	return id, s.asConsole(ctx, func(tx *bbolt.Tx) (*answer, error) { return s.save(tx, sv) })
}

// Delete deletes an entity as a user of the web console would. The id of a query may also be its name.
func (s *Server) Delete(ctx context.Context, c Collection, id string) error {
	k, err := s.kindOf(c)
	if err != nil {
		return err
	}
	return s.asConsole(ctx, func(tx *bbolt.Tx) (*answer, error) {
		id, _, err := lookUp(tx, k, id)
		if err != nil {
			return nil, err
		}
		_, err = remove(tx, k, id)
		return noContent(), err
	})
}

// asConsole runs the write of a helper. What a request would be refused for is an error here.
func (s *Server) asConsole(ctx context.Context, do func(*bbolt.Tx) (*answer, error)) error {
	return s.store.commits.write(ctx, func(tx *bbolt.Tx) error {
		a, err := do(tx)
		if err != nil {
			return err
		}
		if a.status >= http.StatusBadRequest {
			return fmt.Errorf("the sandbox refused it: %s", a.body)
		}
		return nil
	})
}
