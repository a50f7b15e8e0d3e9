package detection

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// operand is a value to compare with, from the spec or from the event.
type operand struct {
	value any
	// text is a scalar of the spec as it is written, since 57.0 and 57 are the same value.
	text string
}

// num is a number: its canonical form, and whether it is written as an integer.
type num struct {
	canonical string
	whole     bool
}

func numberOf(v any) (num, bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case int:
		text = strconv.Itoa(v)
	default:
		return num{}, false
	}
	return num{yamlcore.Number(text).String(), !strings.ContainsAny(text, ".eE")}, true
}

func (o operand) number() (num, bool) {
	n, ok := numberOf(o.value)
	if ok && o.text != "" && !strings.HasPrefix(o.text, "0x") {
		n.whole = !strings.ContainsAny(o.text, ".eE")
	}
	return n, ok
}

func (n num) isZero() bool { return n.float() == 0 }

func (n num) float() float64 {
	f, _ := strconv.ParseFloat(n.canonical, 64)
	return f
}

// equal answers Equals. Values of two types that another system might convert into each
// other are doubtful.
func equal(value any, o operand) finding {
	switch x := value.(type) {
	case []any:
		if list, ok := o.value.([]any); ok {
			return same(x, list)
		}
		for _, e := range x {
			if nested(e) || equal(e, o).verdict != False {
				return doubtful("the event has a list with that value, and Panther does not document whether a list equals a value in it")
			}
		}
		return finding{verdict: False}
	case map[string]any:
		if m, ok := o.value.(map[string]any); ok {
			return same(x, m)
		}
		return finding{verdict: False}
	case string:
		if s, ok := o.value.(string); ok {
			return is(x == s)
		}
		return convertible(x, o.value, o.text)
	case bool:
		if b, ok := o.value.(bool); ok {
			return is(x == b)
		}
		if n, ok := o.number(); ok {
			return truth(x, n)
		}
		return convertible(asText(o.value), x, "")
	}
	a, ok := numberOf(value)
	if !ok {
		return finding{verdict: False}
	}
	switch y := o.value.(type) {
	case bool:
		return truth(y, a)
	case string:
		return convertible(y, value, "")
	}
	b, ok := o.number()
	switch {
	case !ok:
		return finding{verdict: False}
	case a.canonical == b.canonical && a.whole == b.whole:
		return finding{verdict: True}
	case a.canonical == b.canonical:
		return doubtful("one number is an integer and the other is not, and Panther does not document whether they are equal")
	case a.float() == b.float():
		return doubtful("the numbers differ only after more digits than all systems keep")
	}
	return finding{verdict: False}
}

// nested reports whether an element of a list is a list, which is not looked into.
func nested(v any) bool {
	_, ok := v.([]any)
	return ok
}

// same compares two lists or mappings of the event.
func same(a, b any) finding {
	if yamlcore.CanonicalJSON(a) == yamlcore.CanonicalJSON(b) {
		return finding{verdict: True}
	}
	return doubtful("both keys have lists or mappings that differ, and Panther does not document how they are compared")
}

// convertible compares a text with a value of another type: unequal, unless the text reads
// like the value.
func convertible(text string, other any, written string) finding {
	reads := strings.EqualFold(text, asText(other)) || written != "" && text == written
	if n, ok := numberOf(other); ok && !reads {
		if r, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			reads = r == n.float()
		}
	}
	if _, isBool := other.(bool); isBool && !reads {
		reads = text == "1" || text == "0"
	}
	if reads {
		return doubtful("the types differ, text and not text, and Panther does not document whether the values are equal")
	}
	return finding{verdict: False}
}

// member answers Contains for a list: whether a value is in it. Rules of Panther's own
// content test lists of permissions so. Whether part of a text in it counts is doubtful.
func member(list []any, o operand) finding {
	out := finding{verdict: False}
	for _, e := range list {
		switch f := equal(e, o); {
		case f.verdict == True && !nested(e):
			return f
		case nested(e) || f.verdict == Unsure || text(e, o, strings.Contains, false).verdict != False:
			out = doubtful("the event has a list, and Panther does not document whether a part of a value in it counts")
		}
	}
	return out
}

func truth(b bool, n num) finding {
	if b && n.canonical == "1" || !b && n.isZero() {
		return doubtful("Panther does not document whether true equals 1 and false equals 0")
	}
	return finding{verdict: False}
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	if n, ok := numberOf(v); ok {
		return n.canonical
	}
	return ""
}

// text answers conditions on texts.
func text(value any, o operand, f func(a, b string) bool, fold bool) finding {
	want, ok := o.value.(string)
	wrong := "the event has " + show(value) + ", and Panther documents this condition for texts"
	switch x := value.(type) {
	case string:
		switch {
		case !ok:
			if f(x, asText(o.value)) || f(x, o.text) {
				return doubtful("the value to compare with is not a text, and Panther documents this condition for texts")
			}
			return finding{False, "the value to compare with is not a text, and Panther documents this condition for texts"}
		case fold:
			return folded(x, want, f)
		}
		return is(f(x, want))
	case []any:
		for _, e := range x {
			if nested(e) || equal(e, o).verdict != False || text(e, o, f, fold).verdict != False {
				return doubtful(wrong)
			}
		}
	case map[string]any:
		for k := range x {
			if text(k, o, f, fold).verdict != False {
				return doubtful(wrong)
			}
		}
	default:
		if asText(value) != "" && (f(asText(value), asText(o.value)) || equal(value, o).verdict != False) {
			return doubtful(wrong)
		}
		if s, isNumber := value.(json.Number); isNumber && f(s.String(), asText(o.value)) {
			return doubtful(wrong)
		}
	}
	return finding{False, wrong}
}

// folded compares two texts without case. It is doubtful where systems differ in what
// the other case of a letter is.
func folded(a, b string, f func(a, b string) bool) finding {
	simple := strings.NewReplacer("ß", "ss", "ẞ", "ss", "ς", "σ", "ſ", "s", "İ", "i", "ı", "i", "\u0307", "", "\u212A", "k")
	lower := f(strings.ToLower(a), strings.ToLower(b))
	upper := f(strings.ToUpper(a), strings.ToUpper(b))
	fold := f(simple.Replace(strings.ToLower(simple.Replace(a))), simple.Replace(strings.ToLower(simple.Replace(b))))
	if lower != upper || lower != fold {
		return doubtful("it is not clear which letters are the same without case")
	}
	return is(lower)
}

// compare answers the conditions on order. Only the order of numbers is documented.
func compare(value any, o operand, f func(c int) bool) finding {
	a, okA := numberOf(value)
	b, okB := o.number()
	if !okA || !okB {
		return doubtful("Panther documents the order of numbers only, not how " + show(value) + " compares with " + show(o.value))
	}
	x, y := a.float(), b.float()
	if x != y {
		c := -1
		if x > y {
			c = 1
		}
		return is(f(c))
	}
	if a.canonical == b.canonical {
		return is(f(0))
	}
	// Both are the same float: exact numbers may still differ.
	exact := exactly(a.canonical, b.canonical)
	if f(exact) == f(0) {
		return is(f(0))
	}
	return doubtful("the numbers differ only after more digits than all systems keep")
}

// exactly compares two numbers that are equal as floats.
func exactly(a, b string) int {
	if len(a) > 500 || len(b) > 500 {
		return 0
	}
	x, okX := new(big.Float).SetPrec(2048).SetString(a)
	y, okY := new(big.Float).SetPrec(2048).SetString(b)
	if !okX || !okY {
		return 0
	}
	return x.Cmp(y)
}

// parseAddress returns the address of a text; doubt reports that systems differ in it.
func parseAddress(s string) (addr netip.Addr, ok, doubt bool) {
	addr, err := netip.ParseAddr(s)
	return addr, err == nil, err == nil && (addr.Zone() != "" || addr.Is4In6())
}

// oneAddress answers the conditions on one address.
func oneAddress(base string, value any) finding {
	s, isText := value.(string)
	switch value.(type) {
	case []any, map[string]any, nil, string:
	default:
		return doubtful("the event has " + show(value) + ", which some systems read as an IP address")
	}
	if list, isList := value.([]any); isList {
		for _, x := range list {
			if nested(x) || oneAddress(base, x).verdict != False {
				return doubtful("the event has a list, and Panther documents this condition for one address")
			}
		}
	}
	addr, ok, doubt := parseAddress(s)
	switch {
	case !isText || !ok:
		return finding{False, "the event has " + show(value) + ", which is no IP address"}
	case doubt:
		return doubtful("systems differ in how they read the address " + s)
	}
	switch base {
	case "IsIPAddress":
		return finding{verdict: True}
	case "IsIPv4Address":
		return is(addr.Is4())
	case "IsIPv6Address":
		return is(addr.Is6())
	}
	private := addr.IsPrivate()
	if !private && special(addr) {
		return doubtful(s + " is reserved for a special use, and Panther does not document whether it is public or private")
	}
	return is(private == (base == "IsIPAddressPrivate"))
}

// special reports whether an address is of a range that is neither clearly public nor
// clearly private: loopback, link-local, documentation, shared, multicast and others.
func special(a netip.Addr) bool {
	if !a.IsGlobalUnicast() {
		return true
	}
	if a.Is6() {
		return !netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3).Contains(a) || within(a, "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	}
	return within(a, "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
		"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4")
}

func within(a netip.Addr, networks ...string) bool {
	for _, n := range networks {
		if netip.MustParsePrefix(n).Contains(a) {
			return true
		}
	}
	return false
}

// parseNetwork returns a network; a single address is one. doubt reports that systems
// differ in it.
func parseNetwork(s string) (p netip.Prefix, ok, doubt bool) {
	if addr, ok, doubt := parseAddress(s); ok {
		return netip.PrefixFrom(addr.WithZone(""), addr.BitLen()), true, doubt
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil, err == nil && (p != p.Masked() || p.Addr().Is4In6())
}

// inNetworks answers IsIPAddressInCIDR: whether an address is in one of the networks.
func inNetworks(value any, with []operand) finding {
	if list, isList := value.([]any); isList {
		for _, x := range list {
			if nested(x) || inNetworks(x, with).verdict != False {
				return doubtful("the event has a list, and Panther does not document whether any or all of its addresses count")
			}
		}
		return finding{False, "the event has a list, and Panther documents this condition for one address"}
	}
	s, _ := value.(string)
	addr, ok, doubt := parseAddress(s)
	if !ok {
		return finding{False, "the event has " + show(value) + ", which is no IP address"}
	}
	return anyOf(with, func(o operand) finding {
		text, _ := o.value.(string)
		network, ok, unclear := parseNetwork(text)
		if !ok || doubt || unclear {
			return doubtful("systems differ in how they read " + s + " or " + show(o.value))
		}
		return is(network.Contains(addr))
	})
}

// containsAddresses answers CIDRContainsIPAddresses: whether the event's network contains
// the addresses.
func containsAddresses(value any, with []operand) finding {
	s, _ := value.(string)
	network, ok, doubt := parseNetwork(s)
	if !ok {
		return finding{False, "the event has " + show(value) + ", which is no network"}
	}
	in := 0
	for _, o := range with {
		text, _ := o.value.(string)
		addr, ok, unclear := parseAddress(text)
		if !ok || doubt || unclear {
			return doubtful("systems differ in how they read " + s + " or " + show(o.value))
		}
		if network.Contains(addr) {
			in++
		}
	}
	if in > 0 && in < len(with) {
		return doubtful("the network contains some of the addresses, and Panther does not document whether all are needed")
	}
	return is(in > 0)
}
