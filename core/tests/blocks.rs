//! Blocks: their JSON as Slack's documents show it, and Slack's limits at both edges.
#![allow(clippy::expect_used)]

use slack_rtm::blocks::{
    Actions, Block, BlockElement, Blocks, Button, Context, Divider, HeaderBlock, HomeTab, Input,
    JsonText, JsonTextError, Modal, Section, Select, SelectKind, SelectOption, TextInput,
    TextObject,
};
use slack_rtm::buffer::Sink;
use slack_rtm::json::Writer;
use slack_rtm::web_api::{ArgumentError, ArgumentPart};

struct Out(Vec<u8>);

impl Sink for Out {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

fn json(write: impl Fn(&mut Writer<'_>)) -> String {
    let mut out = Out(Vec::new());
    write(&mut Writer::new(&mut out));
    let text = String::from_utf8(out.0).expect("UTF-8");
    let _: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    text
}

fn block(block: &dyn Block) -> String {
    assert_eq!(block.check(), Ok(()));
    json(|json| block.write(json))
}

fn element(element: &dyn BlockElement) -> String {
    assert_eq!(element.check(), Ok(()));
    json(|json| element.write(json))
}

#[test]
fn blocks_are_written_as_slack_documents_them() {
    assert_eq!(
        block(&HeaderBlock::new("Front \"door\"")),
        r#"{"type":"header","text":{"type":"plain_text","text":"Front \"door\""}}"#
    );
    assert_eq!(block(&Divider), r#"{"type":"divider"}"#);
    let fields = [TextObject::markdown("*a*"), TextObject::plain("b")];
    let button = Button::new("open", "Open").value("5").primary();
    assert_eq!(
        block(
            &Section::new(TextObject::literal("<&>"))
                .fields(&fields)
                .accessory(&button)
                .block_id("b1")
        ),
        concat!(
            r#"{"type":"section","block_id":"b1","text":{"type":"mrkdwn","text":"&lt;&amp;&gt;"},"#,
            r#""fields":[{"type":"mrkdwn","text":"*a*"},{"type":"plain_text","text":"b"}],"#,
            r#""accessory":{"type":"button","action_id":"open","text":{"type":"plain_text","text":"Open"},"#,
            r#""value":"5","style":"primary"}}"#
        )
    );
    assert_eq!(
        block(&Section::of_fields(&fields[1..])),
        r#"{"type":"section","fields":[{"type":"plain_text","text":"b"}]}"#
    );
    assert_eq!(
        block(&Context::new(&fields[..1])),
        r#"{"type":"context","elements":[{"type":"mrkdwn","text":"*a*"}]}"#
    );
    let menu = Select::new("who", SelectKind::Users).placeholder("Who?");
    assert_eq!(
        block(&Actions::new(&[&menu]).block_id("b2")),
        concat!(
            r#"{"type":"actions","block_id":"b2","elements":[{"type":"users_select","action_id":"who","#,
            r#""placeholder":{"type":"plain_text","text":"Who?"}}]}"#
        )
    );
    let seconds = TextInput::new("secs")
        .initial_value("5")
        .placeholder("1 to 9")
        .multiline();
    assert_eq!(
        block(
            &Input::new("Seconds", &seconds)
                .hint("How long")
                .block_id("b3")
                .optional()
        ),
        concat!(
            r#"{"type":"input","block_id":"b3","label":{"type":"plain_text","text":"Seconds"},"#,
            r#""element":{"type":"plain_text_input","action_id":"secs","initial_value":"5","#,
            r#""placeholder":{"type":"plain_text","text":"1 to 9"},"multiline":true},"#,
            r#""hint":{"type":"plain_text","text":"How long"},"optional":true}"#
        )
    );
}

#[test]
fn elements_are_written_as_slack_documents_them() {
    assert_eq!(
        element(&Button::new("a", "Go").url("https://x.org/").danger()),
        concat!(
            r#"{"type":"button","action_id":"a","text":{"type":"plain_text","text":"Go"},"#,
            r#""url":"https://x.org/","style":"danger"}"#
        )
    );
    let options = [SelectOption::new("One", "1"), SelectOption::new("Two", "2")];
    assert_eq!(
        element(&Select::new("n", SelectKind::Options(&options))),
        concat!(
            r#"{"type":"static_select","action_id":"n","options":["#,
            r#"{"text":{"type":"plain_text","text":"One"},"value":"1"},"#,
            r#"{"text":{"type":"plain_text","text":"Two"},"value":"2"}]}"#
        )
    );
    for (kind, name) in [
        (SelectKind::External, "external_select"),
        (SelectKind::Users, "users_select"),
        (SelectKind::Conversations, "conversations_select"),
        (SelectKind::Channels, "channels_select"),
    ] {
        let expected = format!(r#"{{"type":"{name}","action_id":"x"}}"#);
        assert_eq!(element(&Select::new("x", kind)), expected);
    }
}

#[test]
fn views_are_written_as_slack_documents_them() {
    let list: [&dyn Block; 1] = [&Divider];
    let modal = Modal::new("Door", Blocks::list(&list))
        .submit("Save")
        .close("Cancel")
        .callback_id("setup")
        .private_metadata("C1")
        .notify_on_close();
    assert_eq!(modal.check(), Ok(()));
    assert_eq!(
        json(|json| modal.write(json)),
        concat!(
            r#"{"type":"modal","title":{"type":"plain_text","text":"Door"},"#,
            r#""submit":{"type":"plain_text","text":"Save"},"close":{"type":"plain_text","text":"Cancel"},"#,
            r#""callback_id":"setup","private_metadata":"C1","notify_on_close":true,"#,
            r#""blocks":[{"type":"divider"}]}"#
        )
    );
    let home = HomeTab::new(Blocks::json(
        JsonText::new(" [{\"type\":\"divider\"}]\n").unwrap(),
    ))
    .callback_id("home")
    .private_metadata("m");
    assert_eq!(home.check(), Ok(()));
    assert_eq!(
        json(|json| home.write(json)),
        r#"{"type":"home","callback_id":"home","private_metadata":"m","blocks":[{"type":"divider"}]}"#
    );
}

/// Every part at its smallest, its largest, and one beyond on either side. Characters are counted,
/// not bytes.
#[test]
fn limits_hold_at_both_edges() {
    fn texts(part: ArgumentPart, check: impl Fn(&str) -> Result<(), ArgumentError>) {
        let (least, most) = (part.least(), part.most());
        for found in [least, most] {
            assert_eq!(check(&"é".repeat(found)), Ok(()), "{part:?}: {found}");
        }
        let beyond = [least.checked_sub(1), Some(most + 1)];
        for found in beyond.into_iter().flatten() {
            let error = ArgumentError { part, found };
            assert_eq!(check(&"é".repeat(found)), Err(error));
            let message = error.to_string();
            assert!(message.contains(&format!("{least} to {most}")), "{message}");
        }
    }
    let plain = |text: &'static str| TextObject::plain(text);
    texts(ArgumentPart::HeaderText, |it| HeaderBlock::new(it).check());
    texts(ArgumentPart::SectionText, |it| {
        Section::new(TextObject::plain(it)).check()
    });
    texts(ArgumentPart::FieldText, |it| {
        Section::of_fields(&[TextObject::plain(it)]).check()
    });
    texts(ArgumentPart::Id, |it| {
        Section::new(plain("x")).block_id(it).check()
    });
    texts(ArgumentPart::Id, |it| {
        Actions::new(&[&Button::new("a", "b")]).block_id(it).check()
    });
    texts(ArgumentPart::Id, |it| Button::new(it, "b").check());
    texts(ArgumentPart::ButtonText, |it| Button::new("a", it).check());
    texts(ArgumentPart::ButtonValue, |it| {
        Button::new("a", "b").value(it).check()
    });
    let select =
        |option: SelectOption<'_>| Select::new("a", SelectKind::Options(&[option])).check();
    texts(ArgumentPart::OptionText, |it| {
        select(SelectOption::new(it, "v"))
    });
    texts(ArgumentPart::OptionValue, |it| {
        select(SelectOption::new("t", it))
    });
    texts(ArgumentPart::Id, |it| {
        Select::new(it, SelectKind::Users).check()
    });
    texts(ArgumentPart::Placeholder, |it| {
        Select::new("a", SelectKind::Users).placeholder(it).check()
    });
    texts(ArgumentPart::Placeholder, |it| {
        TextInput::new("a").placeholder(it).check()
    });
    texts(ArgumentPart::Id, |it| TextInput::new(it).check());
    let field = TextInput::new("a");
    texts(ArgumentPart::InputLabel, |it| {
        Input::new(it, &field).check()
    });
    texts(ArgumentPart::InputHint, |it| {
        Input::new("l", &field).hint(it).check()
    });
    texts(ArgumentPart::Id, |it| {
        Input::new("l", &field).block_id(it).check()
    });
    let list: [&dyn Block; 1] = [&Divider];
    let blocks = Blocks::list(&list);
    texts(ArgumentPart::ModalTitle, |it| {
        Modal::new(it, blocks).check()
    });
    texts(ArgumentPart::ModalSubmit, |it| {
        Modal::new("t", blocks).submit(it).check()
    });
    texts(ArgumentPart::ModalClose, |it| {
        Modal::new("t", blocks).close(it).check()
    });
    texts(ArgumentPart::Id, |it| {
        Modal::new("t", blocks).callback_id(it).check()
    });
    texts(ArgumentPart::PrivateMetadata, |it| {
        Modal::new("t", blocks).private_metadata(it).check()
    });
    texts(ArgumentPart::Id, |it| {
        HomeTab::new(blocks).callback_id(it).check()
    });
    texts(ArgumentPart::PrivateMetadata, |it| {
        HomeTab::new(blocks).private_metadata(it).check()
    });
}

#[test]
fn lists_hold_their_limits_at_both_edges() {
    fn lists(part: ArgumentPart, check: impl Fn(usize) -> Result<(), ArgumentError>) {
        let beyond = [part.least().checked_sub(1), Some(part.most() + 1)];
        for found in beyond.into_iter().flatten() {
            assert_eq!(check(found), Err(ArgumentError { part, found }));
        }
        for found in [part.least(), part.most()] {
            assert_eq!(check(found), Ok(()), "{part:?}: {found}");
        }
    }
    let fields = vec![TextObject::plain("f"); 11];
    let text = TextObject::plain("t");
    lists(ArgumentPart::SectionFields, |count| {
        Section::new(text).fields(&fields[..count]).check()
    });
    assert_eq!(
        Section::of_fields(&[]).check(),
        Err(ArgumentError {
            part: ArgumentPart::SectionText,
            found: 0
        })
    );
    lists(ArgumentPart::ContextElements, |count| {
        Context::new(&fields[..count]).check()
    });
    let button = Button::new("a", "b");
    let elements: Vec<&dyn BlockElement> = vec![&button; 26];
    lists(ArgumentPart::ActionElements, |count| {
        Actions::new(&elements[..count]).check()
    });
    let options = vec![SelectOption::new("t", "v"); 101];
    lists(ArgumentPart::Options, |count| {
        Select::new("a", SelectKind::Options(&options[..count])).check()
    });
    let blocks: Vec<&dyn Block> = vec![&Divider; 101];
    lists(ArgumentPart::MessageBlocks, |count| {
        Blocks::list(&blocks[..count]).check()
    });
    lists(ArgumentPart::ViewBlocks, |count| {
        Modal::new("t", Blocks::list(&blocks[..count])).check()
    });
    lists(ArgumentPart::ViewBlocks, |count| {
        HomeTab::new(Blocks::list(&blocks[..count])).check()
    });
}

#[test]
fn a_block_reports_the_limits_of_its_elements() {
    let long = "x".repeat(76);
    let button = Button::new("a", &long);
    let error = Err(ArgumentError {
        part: ArgumentPart::ButtonText,
        found: 76,
    });
    let section = Section::new(TextObject::plain("t")).accessory(&button);
    let list: [&dyn Block; 2] = [&Divider, &section];
    assert_eq!(Actions::new(&[&button]).check(), error);
    assert_eq!(Input::new("l", &button).check(), error);
    assert_eq!(Blocks::list(&list).check(), error);
    assert_eq!(Modal::new("t", Blocks::list(&list)).check(), error);
}

#[test]
fn json_text_is_one_value() {
    for good in ["[]", " {\"a\":[1,2,{}]} ", "null", "\"x\""] {
        assert_eq!(JsonText::new(good).unwrap().as_str(), good.trim());
    }
    for bad in ["", "[", "[]]", "[] []", "{\"a\"}", "nul", "[1,]"] {
        let error = JsonText::new(bad).unwrap_err();
        assert!(
            matches!(error, JsonTextError::Syntax(_)),
            "{bad}: {error:?}"
        );
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_type_of_serde_is_blocks() {
    #[derive(serde::Serialize)]
    struct Line {
        r#type: &'static str,
    }
    let value = [Line { r#type: "divider" }];
    let mut memory = [0; 32];
    let text = JsonText::serialize(&value, &mut memory).unwrap();
    assert_eq!(text.as_str(), r#"[{"type":"divider"}]"#);
    let error = JsonText::serialize(&value, &mut memory[..19]).unwrap_err();
    assert_eq!(error, JsonTextError::TooLong);
    assert_eq!(error.code(), 341);
}
