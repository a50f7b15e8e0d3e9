package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// completionHelp makes the completion command one of pdac's own.
func completionHelp(root, c *cobra.Command) {
	// Otherwise cobra shows the help of "completion bsh" and ends with 0.
	c.Args = cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.Short = "Print the completion script for a shell"
	c.Long = "Print the script that completes pdac's commands, flags and values in a shell: kinds and\nids of the repository, revisions, deployments, rules, log types and owners. It reads\nonly this machine, and never Panther. pdac completion SHELL --help says how to load it."
	c.Example = "  pdac completion bash > /etc/bash_completion.d/pdac"
	for _, shell := range c.Commands() {
		shell.Example = fmt.Sprintf("  pdac completion %s", shell.Name())
		generate := map[string]func(w io.Writer, describe bool) error{
			"bash": root.GenBashCompletionV2,
			"zsh": func(w io.Writer, describe bool) error {
				if describe {
					return root.GenZshCompletion(w)
				}
				return root.GenZshCompletionNoDesc(w)
			},
			"fish": root.GenFishCompletion,
		}[shell.Name()]
		if generate == nil {
			continue // PowerShell's script is cobra's
		}
		shell.RunE = func(c *cobra.Command, _ []string) error {
			plain, err := c.Flags().GetBool("no-descriptions")
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := generate(&b, !plain); err != nil {
				return fmt.Errorf("write the completion script: %w", err)
			}
			text := b.String()
			for _, r := range scriptFixes[shell.Name()] {
				text = strings.ReplaceAll(text, r.old, r.new)
			}
			_, err = io.WriteString(c.OutOrStdout(), text)
			return err
		}
	}
}

// scriptFix replaces a part of a script of cobra's.
type scriptFix struct{ old, new string }

// scriptFixes are what cobra's scripts lack: a bash without the package bash-completion
// would print an error at each completion; bash quotes the commas of a list, which nobody
// types, and the "!" of KEY!=VALUE, so that what is typed already is no longer found in
// it; and zsh and fish take the "=" in the value of a flag for that of the flag.
var scriptFixes = map[string][]scriptFix{
	"bash": {
		{bashWords, bashWordsAlone},
		{bashList, bashList + "        completions=(\"${completions[@]//\\\\,/,}\")\n        completions=(\"${completions[@]//\\\\!=/!=}\")\n"},
		{bashEnd, "    ((${#COMPREPLY[*]} != 1)) || COMPREPLY[0]=${COMPREPLY[0]//\\\\!=/!=}\n" + bashEnd + "    ((${#COMPREPLY[*]} != 1)) || COMPREPLY[0]=${COMPREPLY[0]//\\\\,/,}\n"},
		{bashOne, bashOne + "        comp=${comp//\\\\,/,}\n        comp=${comp//\\\\!=/!=}\n"},
	},
	"zsh":  {{"=~ '-.*='", "=~ '^-[^=]*='"}},
	"fish": {{"string match -r -- '-.*='", "string match -r -- '^-[^=]*='"}},
}

// The parts of the script for bash that are replaced. It finds the words of a command line
// with the package bash-completion; without it, pdac joins what bash splits at "=" and ":".
const (
	bashList       = "        IFS=$'\\n' read -ra completions -d '' < <(printf \"%q\\n\" \"${completions[@]}\")\n"
	bashOne        = "        printf -v comp \"%q\" \"${compline%%$tab*}\" &>/dev/null || comp=$(printf \"%q\" \"${compline%%$tab*}\")\n"
	bashEnd        = "    __pdac_handle_special_char \"$cur\" =\n"
	bashWords      = "    _get_comp_words_by_ref \"$@\" cur prev words cword\n"
	bashWordsAlone = `    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local i line=${COMP_LINE} word
    words=()
    cword=0
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        if ((i == 0)) || [[ ${line} == [[:space:]]* ]]; then
            words+=("${word}")
        else
            words[${#words[@]}-1]+=${word}
        fi
        line=${line#"${line%%[![:space:]]*}"}
        line=${line#"${word}"}
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1))
        fi
    done
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
`
)
