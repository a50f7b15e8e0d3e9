package python

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// runesByName is the table of Unicode names, built for the first \N{…}.
var runesByName = sync.OnceValue(func() map[string]rune {
	names := make(map[string]rune, 1<<16)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if name := runenames.Name(r); name != "" && name[0] != '<' {
			names[name] = r
		}
	}
	for i, list := range controlNames {
		for _, name := range strings.Split(list, "|") {
			if name != "" {
				names[name] = rune(i)
			}
		}
	}
	for i, list := range c1Names {
		for _, name := range strings.Split(list, "|") {
			names[name] = rune(0x80 + i)
		}
	}
	for name, r := range aliases {
		names[name] = r
	}
	return names
})

// controlNames and c1Names are Unicode's aliases for control characters, which
// have no names.
var controlNames = [33]string{"NULL|NUL", "START OF HEADING|SOH", "START OF TEXT|STX", "END OF TEXT|ETX",
	"END OF TRANSMISSION|EOT", "ENQUIRY|ENQ", "ACKNOWLEDGE|ACK", "ALERT|BEL", "BACKSPACE|BS",
	"CHARACTER TABULATION|HORIZONTAL TABULATION|HT|TAB", "LINE FEED|NEW LINE|END OF LINE|LF|NL|EOL",
	"LINE TABULATION|VERTICAL TABULATION|VT", "FORM FEED|FF", "CARRIAGE RETURN|CR", "SHIFT OUT|LOCKING-SHIFT ONE|SO",
	"SHIFT IN|LOCKING-SHIFT ZERO|SI", "DATA LINK ESCAPE|DLE", "DEVICE CONTROL ONE|DC1", "DEVICE CONTROL TWO|DC2",
	"DEVICE CONTROL THREE|DC3", "DEVICE CONTROL FOUR|DC4", "NEGATIVE ACKNOWLEDGE|NAK", "SYNCHRONOUS IDLE|SYN",
	"END OF TRANSMISSION BLOCK|ETB", "CANCEL|CAN", "END OF MEDIUM|EOM|EM", "SUBSTITUTE|SUB", "ESCAPE|ESC",
	"INFORMATION SEPARATOR FOUR|FILE SEPARATOR|FS", "INFORMATION SEPARATOR THREE|GROUP SEPARATOR|GS",
	"INFORMATION SEPARATOR TWO|RECORD SEPARATOR|RS", "INFORMATION SEPARATOR ONE|UNIT SEPARATOR|US", "SP"}

var c1Names = [32]string{"PADDING CHARACTER|PAD", "HIGH OCTET PRESET|HOP", "BREAK PERMITTED HERE|BPH", "NO BREAK HERE|NBH",
	"INDEX|IND", "NEXT LINE|NEL", "START OF SELECTED AREA|SSA", "END OF SELECTED AREA|ESA",
	"CHARACTER TABULATION SET|HORIZONTAL TABULATION SET|HTS",
	"CHARACTER TABULATION WITH JUSTIFICATION|HORIZONTAL TABULATION WITH JUSTIFICATION|HTJ",
	"LINE TABULATION SET|VERTICAL TABULATION SET|VTS", "PARTIAL LINE FORWARD|PARTIAL LINE DOWN|PLD",
	"PARTIAL LINE BACKWARD|PARTIAL LINE UP|PLU", "REVERSE LINE FEED|REVERSE INDEX|RI",
	"SINGLE SHIFT TWO|SINGLE-SHIFT-2|SS2", "SINGLE SHIFT THREE|SINGLE-SHIFT-3|SS3", "DEVICE CONTROL STRING|DCS",
	"PRIVATE USE ONE|PRIVATE USE-1|PU1", "PRIVATE USE TWO|PRIVATE USE-2|PU2", "SET TRANSMIT STATE|STS",
	"CANCEL CHARACTER|CCH", "MESSAGE WAITING|MW", "START OF GUARDED AREA|START OF PROTECTED AREA|SPA",
	"END OF GUARDED AREA|END OF PROTECTED AREA|EPA", "START OF STRING|SOS", "SINGLE GRAPHIC CHARACTER INTRODUCER|SGC",
	"SINGLE CHARACTER INTRODUCER|SCI", "CONTROL SEQUENCE INTRODUCER|CSI", "STRING TERMINATOR|ST",
	"OPERATING SYSTEM COMMAND|OSC", "PRIVACY MESSAGE|PM", "APPLICATION PROGRAM COMMAND|APC"}

// aliases contains the other aliases that programs are likely to use.
var aliases = map[string]rune{
	"DELETE": 0x7F, "DEL": 0x7F, "NBSP": 0xA0, "SHY": 0xAD, "CGJ": 0x034F, "ALM": 0x061C, "ZWSP": 0x200B, "ZWNJ": 0x200C,
	"ZWJ": 0x200D, "LRM": 0x200E, "RLM": 0x200F, "LRE": 0x202A, "RLE": 0x202B, "PDF": 0x202C, "LRO": 0x202D, "RLO": 0x202E,
	"NNBSP": 0x202F, "MMSP": 0x205F, "WJ": 0x2060, "LRI": 0x2066, "RLI": 0x2067, "FSI": 0x2068, "PDI": 0x2069,
	"BYTE ORDER MARK": 0xFEFF, "BOM": 0xFEFF, "ZWNBSP": 0xFEFF, "LATIN CAPITAL LETTER GHA": 0x01A2,
	"LATIN SMALL LETTER GHA": 0x01A3, "WEIERSTRASS ELLIPTIC FUNCTION": 0x2118,
}

// runeNamed returns a character by its Unicode name, in any case. Python
// requires upper case for names that are composed by rule.
func runeNamed(name string) (rune, bool) {
	if hex, ok := strings.CutPrefix(name, "CJK UNIFIED IDEOGRAPH-"); ok {
		v, err := strconv.ParseUint(hex, 16, 32)
		r := rune(v)
		return r, err == nil && unicode.Is(unicode.Unified_Ideograph, r) && hex == fmt.Sprintf("%04X", v)
	}
	if s, ok := strings.CutPrefix(name, "HANGUL SYLLABLE "); ok {
		return hangul(s)
	}
	r, ok := runesByName()[strings.ToUpper(name)]
	return r, ok
}

var (
	hangulLead  = [...]string{"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"}
	hangulVowel = [...]string{"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
		"WI", "YU", "EU", "YI", "I"}
	hangulTail = [...]string{"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B",
		"BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"}
)

// hangul tries the syllables until one has the name; names of syllables are
// composed of the names of their parts.
func hangul(name string) (rune, bool) {
	for l, lead := range hangulLead {
		for v, vowel := range hangulVowel {
			tail, ok := strings.CutPrefix(name, lead+vowel)
			if !ok {
				continue
			}
			for t, want := range hangulTail {
				if tail == want {
					return rune(0xAC00 + (l*len(hangulVowel)+v)*len(hangulTail) + t), true
				}
			}
		}
	}
	return 0, false
}
