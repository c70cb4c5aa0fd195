# bash completion for mplog; made by: mplog completions bash
_mplog()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} options= words=
	COMPREPLY=()
	# --color=al comes as three words
	if [[ $current == = ]]; then
		current=
	elif [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case $command:$previous in
	send:-l|send:--level) words="TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY" ;;
	send:-m|send:--module) return ;;
	send:-f|send:--field) return ;;
	send:--time) return ;;
	send:-t|send:--to) words="tcp:9020 udp:9021" ;;
	send:--as) words="json syslog loguru text" ;;
	*:-l|*:--level) words="TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY" ;;
	*:-m|*:--module) return ;;
	*:-M|*:--not-module) return ;;
	*:-g|*:--grep) return ;;
	*:-v|*:--not-grep) return ;;
	*:-S|*:--source) return ;;
	*:--since) words="now today yesterday -15m -1h" ;;
	*:--until) words="now today yesterday -15m -1h" ;;
	*:-e|*:--expr) return ;;
	*:--unknown) words="drop keep" ;;
	*:-A|*:--after-context) return ;;
	*:-B|*:--before-context) return ;;
	*:-C|*:--context) return ;;
	*:--head) return ;;
	*:-n|*:--lines) words="all" ;;
	*:-o|*:--output) words="text pretty json logfmt csv" ;;
	*:--show) words="time level source module message function file line pid process thread host exception" ;;
	*:--hide) words="time level source module message function file line pid process thread host exception" ;;
	*:--time) words="iso clock relative delta epoch raw" ;;
	*:--tz) words="local utc" ;;
	*:--color) words="auto always never" ;;
	*:--prefix) words="auto always never" ;;
	*:--escape) words="auto always never" ;;
	*:--window) words="0 50 250 1000" ;;
	*:--order) words="time exact arrival" ;;
	*:--memory) return ;;
	*:--max-record) return ;;
	*:--max-connections) return ;;
	*:--on-full) words="block drop" ;;
	esac
	if [[ -n $words ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$current"))
		return
	fi
	case $command in
	view) options="--level --module --not-module --grep --not-grep --ignore-case --fixed-strings --source --since --until --expr --unknown --after-context --before-context --context --count --quiet --head --output --show --hide --time --tz --color --prefix --escape --raw --follow --no-follow --no-attach --wait --restart --poll --window --order --memory --max-record --max-connections --on-full --no-config --help --version" ;;
	tail) options="--level --module --not-module --grep --not-grep --ignore-case --fixed-strings --source --since --until --expr --unknown --after-context --before-context --context --count --quiet --head --lines --output --show --hide --time --tz --color --prefix --escape --raw --follow --no-follow --no-attach --wait --restart --poll --window --order --memory --max-record --max-connections --on-full --no-config --help --version" ;;
	filter) options="--level --module --not-module --grep --not-grep --ignore-case --fixed-strings --source --since --until --expr --unknown --after-context --before-context --context --count --quiet --head --output --show --hide --time --tz --color --prefix --escape --raw --window --order --memory --max-record --max-connections --on-full --no-config --help --version" ;;
	run) options="--level --module --not-module --grep --not-grep --ignore-case --fixed-strings --source --since --until --expr --unknown --after-context --before-context --context --count --quiet --head --output --show --hide --time --tz --color --prefix --escape --raw --restart --fail-fast --pty --window --order --memory --max-record --max-connections --on-full --no-config --help --version" ;;
	send) options="--level --module --field --time --to --as --help --version" ;;
	help) options="--help --version" ;;
	completions) options="--help --version" ;;
	*) command=; options="--help --version" ;;
	esac
	if [[ $current == -* ]]; then
		COMPREPLY=($(compgen -W "$options" -- "$current"))
	elif [[ $COMP_CWORD -eq 1 || $command == help ]]; then
		COMPREPLY=($(compgen -W "view tail filter run send help completions" -- "$current"))
	elif [[ $command == completions ]]; then
		COMPREPLY=($(compgen -W "bash zsh fish" -- "$current"))
	elif [[ $command == run ]]; then
		COMPREPLY=($(compgen -c -- "$current"))
	fi
}
complete -o bashdefault -o default -F _mplog mplog
