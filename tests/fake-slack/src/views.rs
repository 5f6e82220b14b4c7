//! The `views` methods: open, push, update, publish. A view is kept as it was sent; its blocks are not checked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::web_api::{Body, Call, Refusal};
use crate::workspace::TEAM;
use crate::{APP_ID, BOT_ID, FakeSlack};

/// The most bytes of a view.
const MAX_VIEW: usize = 250 * 1024;

/// The views there are, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Views {
    views: BTreeMap<String, Value>,
    /// The id of the modal that was opened last, which others are pushed onto.
    top: Option<String>,
    made: usize,
}

impl FakeSlack {
    /// The view with this id, as the methods of views return it.
    pub fn view(&self, id: &str) -> Option<Value> {
        self.server.workspace().views.views.get(id).cloned()
    }
}

pub(crate) fn open(call: &Call<'_>) -> Result<Body, Refusal> {
    call.required("trigger_id")?;
    let view = given(call, "modal")?;
    let views = &mut call.server.workspace().views;
    views.top = None;
    views.add(call, view)
}

pub(crate) fn push(call: &Call<'_>) -> Result<Body, Refusal> {
    call.required("trigger_id")?;
    let view = given(call, "modal")?;
    call.server.workspace().views.add(call, view)
}

/// By `view_id` or `external_id`. A `hash` must be that of the view as it is.
pub(crate) fn update(call: &Call<'_>) -> Result<Body, Refusal> {
    let view = given(call, "modal")?;
    let views = &mut call.server.workspace().views;
    let id = match (call.text("view_id"), call.text("external_id")) {
        (Some(id), _) => views.views.contains_key(id).then(|| id.to_owned()),
        (None, Some(external_id)) => views.with_external_id(external_id),
        (None, None) => return Err(call.missing("view_id")),
    };
    views.replace(call, &id.ok_or("not_found")?, view)
}

/// The Home tab of a user.
pub(crate) fn publish(call: &Call<'_>) -> Result<Body, Refusal> {
    let user = call.required("user_id")?;
    let view = given(call, "home")?;
    let mut workspace = call.server.workspace();
    if workspace.people.get(user).is_none() {
        return Err(invalid("user_id"));
    }
    let id = format!("V0HOME{user}");
    workspace.views.replace(call, &id, view)
}

/// The argument `view`, which must be of this type.
fn given(call: &Call<'_>, kind: &str) -> Result<Value, Refusal> {
    let view = call.json("view", "invalid_arguments")?;
    let view = view.ok_or_else(|| call.missing("view"))?;
    if !view.is_object() || view["type"] != kind || !view["blocks"].is_array() {
        return Err(invalid("view"));
    }
    if view.to_string().len() > MAX_VIEW {
        return Err("view_too_large".into());
    }
    Ok(view)
}

fn invalid(name: &str) -> Refusal {
    Refusal::Invalid("invalid_arguments", vec![format!("[ERROR] invalid {name}")])
}

impl Views {
    fn with_external_id(&self, external_id: &str) -> Option<String> {
        let mut views = self.views.iter();
        let found = views.find(|(_, view)| view["external_id"] == external_id);
        found.map(|(id, _)| id.clone())
    }

    /// Adds a modal on top of the one that was added last.
    fn add(&mut self, call: &Call<'_>, view: Value) -> Result<Body, Refusal> {
        let external_id = view["external_id"].as_str().unwrap_or_default();
        if !external_id.is_empty() && self.with_external_id(external_id).is_some() {
            return Err("duplicate_external_id".into());
        }
        self.made += 1;
        let id = format!("V0FAKE{:04}", 1000 + self.made);
        let previous = self.top.replace(id.clone());
        Ok(self.store(call, &id, view, previous.as_deref()))
    }

    /// Replaces a view, or adds it.
    fn replace(&mut self, call: &Call<'_>, id: &str, view: Value) -> Result<Body, Refusal> {
        let known = self.views.get(id);
        let hash = call.text("hash").filter(|hash| !hash.is_empty());
        if hash.is_some_and(|hash| known.is_some_and(|known| known["hash"] != hash)) {
            return Err("hash_conflict".into());
        }
        let previous = known.and_then(|known| known["previous_view_id"].as_str());
        let previous = previous.map(String::from);
        Ok(self.store(call, id, view, previous.as_deref()))
    }

    fn store(&mut self, call: &Call<'_>, id: &str, view: Value, previous: Option<&str>) -> Body {
        let root = previous.and_then(|previous| self.views.get(previous));
        let root = root.map_or_else(|| id.into(), |root| root["root_view_id"].clone());
        let mut stored = json!({
            "id": id, "team_id": TEAM, "private_metadata": "", "callback_id": "", "external_id": "",
            "clear_on_close": false, "notify_on_close": false, "close": null, "submit": null,
            "state": {"values": {}}, "app_id": APP_ID, "bot_id": BOT_ID,
        });
        for (name, value) in view.as_object().into_iter().flatten() {
            stored[name] = value.clone();
        }
        let hash = format!(
            "{}.{}",
            crate::socket_mode::unix_time(),
            call.server.random_text(8)
        );
        stored["hash"] = hash.into();
        stored["root_view_id"] = root;
        stored["previous_view_id"] = previous.map_or(Value::Null, Value::from);
        self.views.insert(id.into(), stored.clone());
        Body::new(&[("view", stored)])
    }
}
