//! What only old editions of Rust take, in the words of the newest: parameters without a name, traits without `dyn`.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// `tokens` as a newer edition would write them. To be called on what is known not to nest deeply.
pub(super) fn modern(tokens: &TokenStream) -> TokenStream {
    let mut written = Vec::new();
    let mut state = State::Elsewhere;
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (at, token) in tokens.iter().cloned().enumerate() {
        let token = match token {
            TokenTree::Group(group) => {
                let named = state == State::Function && group.delimiter() == Delimiter::Parenthesis;
                let inner = modern(&group.stream());
                let inner = if named { with_names(&inner) } else { inner };
                let mut again = Group::new(group.delimiter(), inner);
                again.set_span(group.span());
                if named {
                    state = State::Elsewhere;
                }
                TokenTree::Group(again)
            }
            other => other,
        };
        match &token {
            TokenTree::Ident(word) if word == "fn" => state = State::Function,
            TokenTree::Ident(word) if word == "type" => state = State::Alias,
            TokenTree::Punct(mark) if mark.as_char() == ';' => state = State::Elsewhere,
            // `type A = Fn(u8) + Send;`
            TokenTree::Punct(mark) if mark.as_char() == '=' && state == State::Alias => {
                state = State::Elsewhere;
                written.push(token);
                if is_sum(tokens.get(at + 1..).unwrap_or_default()) {
                    written.push(TokenTree::Ident(Ident::new("dyn", Span::call_site())));
                }
                continue;
            }
            _ => {}
        }
        written.push(token);
    }
    written.into_iter().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Behind `fn`, before its parameters.
    Function,
    /// Behind `type`, before its `=`.
    Alias,
    Elsewhere,
}

/// Whether a type is said to have several traits, before its `;`.
fn is_sum(tokens: &[TokenTree]) -> bool {
    let mark = |token: &TokenTree| match token {
        TokenTree::Punct(mark) => Some(mark.as_char()),
        _ => None,
    };
    let mut marks = tokens.iter().filter_map(mark).take_while(|mark| *mark != ';');
    matches!(tokens.first(), Some(TokenTree::Ident(word)) if word != "dyn" && word != "impl")
        && marks.any(|mark| mark == '+')
}

/// Parameters, each with a name: `_` where there is only a type.
fn with_names(parameters: &TokenStream) -> TokenStream {
    let mut written = Vec::new();
    let mut parameter = Vec::new();
    for token in parameters.clone() {
        let ends = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ',');
        parameter.push(token);
        if ends {
            name(&mut parameter, &mut written);
        }
    }
    name(&mut parameter, &mut written);
    written.into_iter().collect()
}

fn name(parameter: &mut Vec<TokenTree>, written: &mut Vec<TokenTree>) {
    let named = parameter.iter().any(|token| match token {
        TokenTree::Punct(mark) => {
            mark.as_char() == ':' && mark.spacing() == Spacing::Alone || mark.as_char() == '<'
        }
        TokenTree::Ident(word) => word == "self",
        _ => false,
    });
    if !named && !parameter.is_empty() {
        written.push(TokenTree::Ident(Ident::new("_", Span::call_site())));
        written.push(TokenTree::Punct(Punct::new(':', Spacing::Alone)));
    }
    written.append(parameter);
}
